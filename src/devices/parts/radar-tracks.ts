/**
 * People who cross a line in a radar's field, from its reports of places. No wire and no clock. The places of a report
 * have no names: each is the nearest person of the report before, who can't have gone further than people walk.
 *
 * Beside the line lies a band: who stands on the line and shifts is on the side that he came from until he has left the
 * band on the other one, and stays there for two reports. Who is seen first inside the band has no side yet.
 */

interface Spot {
  readonly xMillimetres: number;
  /** Away from the radar. */
  readonly yMillimetres: number;
}

interface RadarLine {
  readonly lineMillimetres: number;
  /** Both halves together. */
  readonly bandMillimetres: number;
  /** Who crosses further to the side than half of it crosses no door. */
  readonly widthMillimetres: number;
}

/** How many crossed the line. */
interface Crossings {
  readonly away: number;
  readonly towards: number;
}

/** Somebody who isn't seen for so long is gone: who comes then is somebody else. */
const lostMilliseconds = 1_500;
/** A quick walk, and what places jump by themselves. */
const fastestMillimetresPerMillisecond = 2.5;
const jumpMillimetres = 400;
/** The radar itself follows three; a few more are those who were lost just now. */
const mostTracks = 12;
/** Reports that must agree before somebody is on the other side: they carry no checksum. */
const agreeingReports = 2;

type Side = 'near' | 'far';

interface Track {
  spot: Spot;
  seenAt: number;
  side: Side | undefined;
  /** Reports in a row on the other side. */
  across: number;
}

export class RadarTracks {
  #tracks: Track[] = [];

  constructor(private readonly line: RadarLine) {}

  /** The places of one report, at a monotonic time. Gives who has crossed the line by it. */
  look(spots: readonly Spot[], atMilliseconds: number): Crossings {
    this.#tracks = this.#tracks.filter(({ seenAt }) => atMilliseconds - seenAt <= lostMilliseconds);
    let away = 0;
    let towards = 0;
    for (const [spot, track] of this.#match(spots, atMilliseconds)) {
      const crossed = this.#move(track, spot, atMilliseconds);
      if (crossed === 'far') away++;
      if (crossed === 'near') towards++;
    }
    return { away, towards };
  }

  /** Nobody has looked for a while. */
  forget(): void {
    this.#tracks = [];
  }

  /** Each place with its person: the nearest pairs first, a new person where nobody is near enough. */
  #match(spots: readonly Spot[], now: number): (readonly [Spot, Track])[] {
    const pairs = spots
      .flatMap((spot) =>
        this.#tracks.map((track) => ({ spot, track, distance: distanceOf(spot, track.spot) })),
      )
      .filter(
        ({ track, distance }) =>
          distance <= jumpMillimetres + fastestMillimetresPerMillisecond * (now - track.seenAt),
      )
      .sort((a, b) => a.distance - b.distance);
    const trackOf = new Map<Spot, Track>();
    const taken = new Set<Track>();
    for (const { spot, track } of pairs) {
      if (trackOf.has(spot) || taken.has(track)) continue;
      trackOf.set(spot, track);
      taken.add(track);
    }
    for (const spot of spots) {
      if (trackOf.has(spot)) continue;
      const track: Track = { spot, seenAt: now, side: this.#sideOf(spot), across: 0 };
      trackOf.set(spot, track);
      this.#tracks.push(track);
    }
    this.#tracks = this.#tracks.sort((a, b) => b.seenAt - a.seenAt).slice(0, mostTracks);
    return [...trackOf];
  }

  /** Moves a person; gives the side that is newly his. */
  #move(track: Track, spot: Spot, now: number): Side | undefined {
    track.spot = spot;
    track.seenAt = now;
    const side = this.#sideOf(spot);
    if (side === undefined || side === track.side) {
      track.across = 0;
      return undefined;
    }
    track.across++;
    if (track.across < agreeingReports) return undefined;
    const before = track.side;
    track.side = side;
    track.across = 0;
    const isInDoor = Math.abs(spot.xMillimetres) <= this.line.widthMillimetres / 2;
    return before !== undefined && isInDoor ? side : undefined;
  }

  #sideOf({ yMillimetres }: Spot): Side | undefined {
    const { lineMillimetres, bandMillimetres } = this.line;
    if (yMillimetres > lineMillimetres + bandMillimetres / 2) return 'far';
    return yMillimetres < lineMillimetres - bandMillimetres / 2 ? 'near' : undefined;
  }
}

const distanceOf = (a: Spot, b: Spot): number =>
  Math.hypot(a.xMillimetres - b.xMillimetres, a.yMillimetres - b.yMillimetres);
