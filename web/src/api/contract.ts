/**
 * Names for the shapes the pages use. `schema.d.ts` is generated from the service's OpenAPI (npm run api); a test fails where it drifted.
 */
import type { components, paths } from './schema'

export type Paths = paths
type Shapes = components['schemas']

export type Generation = Shapes['Generation']
export type NewGeneration = Shapes['NewGeneration']
export type NewReference = Shapes['NewReference']
export type Asset = Shapes['Asset']
export type Engine = Shapes['EngineCard']
export type File = Shapes['File']

export type Role = 'creator' | 'reviewer' | 'operator'

export interface Session {
  tenant: string
  user: string
  scopes: string[]
  roles: Role[]
  csrf: string
  expires: number
}
