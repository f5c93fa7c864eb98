/** hls.js ships the types of its full build only; the light one is the same without what these clips do not need. */
declare module 'hls.js/light' {
  export { default } from 'hls.js'
  export * from 'hls.js'
}
