/** A name nobody else has. `crypto.randomUUID` is missing where a page comes over plain HTTP from another machine; random bytes are there. */
export function ident(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
