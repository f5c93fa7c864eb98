/** The loudness of a sound over its length, from the sound itself. */
export const BARS = 64

/** Peaks 0 to 1 and seconds; null where the browser cannot decode it (the server may still). */
export async function peaksOf(data: Blob): Promise<{ peaks: number[]; seconds: number } | null> {
  try {
    const context = new OfflineAudioContext(1, 1, 22_050)
    const sound = await context.decodeAudioData(await data.arrayBuffer())
    const samples = sound.getChannelData(0)
    const step = Math.max(1, Math.floor(samples.length / BARS))
    const peaks = Array.from({ length: BARS }, (_, bar) => {
      let peak = 0
      const end = Math.min(samples.length, (bar + 1) * step)
      for (let at = bar * step; at < end; at += 7) peak = Math.max(peak, Math.abs(samples[at]!))
      return peak
    })
    const loudest = Math.max(...peaks, 1e-4)
    return { peaks: peaks.map((peak) => Number((peak / loudest).toFixed(2))), seconds: sound.duration }
  } catch {
    return null
  }
}
