import { Store } from '../api/store'
import { FPS, frameAt, timeOf } from '../clip/media'

export type Side = 'a' | 'b'

/** Two clips that play as one: one clock, one of them heard. The longer one leads; the shorter rests on its last frame. */
export class Pair {
  readonly time = new Store(0)
  readonly playing = new Store(false)
  /** The side that is heard and, where only one shows, seen. */
  readonly side = new Store<Side>('a')
  readonly muted = new Store(false)
  readonly loop = new Store(true)
  readonly ready = new Store(false)
  private videos: Partial<Record<Side, HTMLVideoElement>> = {}
  private timer = 0

  constructor(readonly seconds: Record<Side, number>) {}

  get length(): number {
    return Math.max(this.seconds.a, this.seconds.b)
  }

  get frames(): number {
    return Math.round(this.length * FPS) + 1
  }

  private get leader(): Side {
    return this.seconds.b > this.seconds.a ? 'b' : 'a'
  }

  attach(side: Side, video: HTMLVideoElement): () => void {
    this.videos[side] = video
    this.hear()
    const loaded = () => this.ready.set([this.videos.a, this.videos.b].every((one) => one && one.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA))
    const seeked = () => !this.playing.get() && side === this.leader && this.time.set(Math.min(video.currentTime, this.length))
    video.addEventListener('loadeddata', loaded)
    video.addEventListener('seeked', seeked)
    loaded()
    return () => {
      video.removeEventListener('loadeddata', loaded)
      video.removeEventListener('seeked', seeked)
      if (this.videos[side] === video) delete this.videos[side]
      this.pause()
      this.ready.set(false)
    }
  }

  hear(): void {
    for (const side of ['a', 'b'] as const) {
      const video = this.videos[side]
      if (video) video.muted = this.muted.get() || side !== this.side.get()
    }
  }

  show(side: Side): void {
    this.side.set(side)
    this.hear()
  }

  flip(): void {
    this.show(this.side.get() === 'a' ? 'b' : 'a')
  }

  mute(): void {
    this.muted.set(!this.muted.get())
    this.hear()
  }

  play(): void {
    const { a, b } = this.videos
    if (!a || !b) return
    if (this.time.get() >= this.length - 1 / FPS) this.seek(0)
    this.playing.set(true)
    for (const side of ['a', 'b'] as const) {
      const video = this.videos[side]!
      video.playbackRate = 1
      if (this.time.get() < this.seconds[side] - 1 / FPS) void video.play().catch(() => undefined)
    }
    this.follow()
  }

  pause(): void {
    cancelAnimationFrame(this.timer)
    this.playing.set(false)
    for (const video of Object.values(this.videos)) {
      video.pause()
      video.playbackRate = 1
    }
  }

  /** Stop and bring both to the same frame. */
  settle(): void {
    this.pause()
    this.seek(this.time.get())
  }

  seek(time: number): void {
    const to = Math.max(0, Math.min(this.length, time))
    this.time.set(to)
    for (const side of ['a', 'b'] as const) {
      const video = this.videos[side]
      if (video) video.currentTime = Math.min(to, this.seconds[side])
    }
  }

  step(frames: number): void {
    this.pause()
    this.seek(timeOf(Math.max(0, Math.min(this.frames - 1, frameAt(this.time.get(), this.frames) + frames))))
  }

  /** Every frame while playing: the leader's time is the time; the other is drawn to it gently, or set where it is far off. */
  private follow = (): void => {
    cancelAnimationFrame(this.timer)
    if (!this.playing.get()) return
    const lead = this.videos[this.leader]
    const otherSide: Side = this.leader === 'a' ? 'b' : 'a'
    const other = this.videos[otherSide]
    if (!lead || !other) return this.pause()
    const now = lead.currentTime
    this.time.set(Math.min(now, this.length))
    if (lead.ended || now >= this.length) {
      if (!this.loop.get()) return this.pause()
      this.seek(0)
      this.play()
      return
    }
    if (now < this.seconds[otherSide] - 1 / FPS && !other.ended && !other.seeking && !lead.seeking) {
      const late = now - other.currentTime
      if (Math.abs(late) > 0.2) other.currentTime = now + 0.02
      else other.playbackRate = Math.abs(late) < 0.008 ? 1 : Math.max(0.9, Math.min(1.1, 1 + late * 1.5))
      if (other.paused) void other.play().catch(() => undefined)
    }
    this.timer = requestAnimationFrame(this.follow)
  }
}
