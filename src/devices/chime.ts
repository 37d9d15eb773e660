/** Two falling notes (叮咚) as a WAV file: mono, 16 bits, 16 kHz, 1.2 s, 38 kB. */

const samplesPerSecond = 16_000;
/** E5 and C5: a major third, as doorbells have it. */
const notes = [
  { hertz: 659.26, atSeconds: 0 },
  { hertz: 523.25, atSeconds: 0.45 },
] as const;
const seconds = 1.2;
const decaySeconds = 0.28;
/** Without a ramp a note begins with a click. */
const attackSeconds = 0.006;
/** Two notes together stay below full scale. */
const loudness = 0.45;

/** The chime, always the same bytes. */
export function chimeWave(): Uint8Array {
  return waveOf(Math.round(seconds * samplesPerSecond), (time) => {
    let sum = 0;
    for (const { hertz, atSeconds } of notes) {
      const since = time - atSeconds;
      if (since < 0) continue;
      const swell = Math.min(1, since / attackSeconds) * Math.exp(-since / decaySeconds);
      const turn = 2 * Math.PI * hertz * since;
      sum += swell * (Math.sin(turn) + 0.3 * Math.sin(2 * turn));
    }
    return (loudness * sum) / 1.3;
  });
}

/** A tenth of a second of silence: what shows that the sound goes out again, and that nobody hears. */
export function silentWave(): Uint8Array {
  return waveOf(samplesPerSecond / 10, () => 0);
}

/** @param level -1 to 1 at a time in seconds */
function waveOf(samples: number, level: (seconds: number) => number): Uint8Array {
  const file = new Uint8Array(44 + 2 * samples);
  const view = new DataView(file.buffer);
  const text = (offset: number, letters: string) => {
    for (const [index, letter] of [...letters].entries()) view.setUint8(offset + index, letter.charCodeAt(0));
  };
  // RIFF WAVE, "Multimedia Programming Interface and Data Specifications 1.0", IBM and Microsoft, 1991.
  text(0, 'RIFF');
  view.setUint32(4, file.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, samplesPerSecond, true);
  view.setUint32(28, 2 * samplesPerSecond, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples, true);
  for (let index = 0; index < samples; index++) {
    view.setInt16(44 + 2 * index, Math.round(32_767 * level(index / samplesPerSecond)), true);
  }
  return file;
}
