/**
 * Names for the shapes the pages use. `schema.d.ts` is generated from the service's OpenAPI (npm run api); a test fails where it drifted.
 */
import type { components, paths } from './schema'

export type Paths = paths
type Shapes = components['schemas']

export type Asset = Shapes['Asset']
export type Engine = Shapes['EngineCard']
export type Estimate = Shapes['Estimate']
export type File = Shapes['File']
export type Generation = Shapes['Generation']
export type GenerationChange = Shapes['GenerationChange']
export type GenerationList = Shapes['GenerationList']
export type Hint = Shapes['Hint']
export type NewGeneration = Shapes['NewGeneration']
export type NewReference = Shapes['NewReference']
export type Note = Shapes['Note']
export type Plan = Shapes['Plan']
export type PlannedWord = Shapes['PlannedWord']
export type ReadLine = Shapes['ReadLine']
export type ReadShot = Shapes['ReadShot']
export type Reading = Shapes['Reading']
export type Template = Shapes['TemplateCard']
export type SharedClip = Shapes['Shared']
export type Session = Shapes['Session']
export type Vocabulary = Shapes['Vocabulary']
export type Role = Session['roles'][number]
