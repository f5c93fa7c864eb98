/** The path this service lies below: '' at the top of its host, '/film' behind a proxy at https://example.com/film. The server writes it into the page. */
export const root = document.querySelector<HTMLMetaElement>('meta[name="phonofilm-root"]')?.content ?? ''

/**
 * The service writes its public address into links. Where this page was opened by another name of the same server (localhost, a tunnel), the link is
 * taken from here instead: the signature covers the path alone, and a picture from another origin could not be drawn or read.
 */
export function here(url: string): string {
  const full = new URL(url, location.origin)
  const at = full.pathname.indexOf('/media/')
  return at >= 0 ? root + full.pathname.slice(at) + full.search : url
}
