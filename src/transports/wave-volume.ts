/**
 * A WAV file at another volume, for a player that has none. Only 16-bit PCM is changed (format 1, 16 bits, in its first
 * `fmt ` chunk); anything else stays as it is.
 * @param volumePercent 0 to 100
 */
export function scaledWave(wave: Uint8Array, volumePercent: number): Uint8Array {
  const view = new DataView(wave.buffer, wave.byteOffset, wave.byteLength);
  const name = (at: number) => String.fromCharCode(...wave.subarray(at, at + 4));
  if (wave.length < 12 || name(0) !== 'RIFF' || name(8) !== 'WAVE') return wave;
  let isPcm16 = false;
  for (let at = 12; at + 8 <= wave.length; ) {
    const length = view.getUint32(at + 4, true);
    const begin = at + 8;
    if (name(at) === 'fmt ' && begin + 16 <= wave.length) {
      isPcm16 = view.getUint16(begin, true) === 1 && view.getUint16(begin + 14, true) === 16;
    } else if (name(at) === 'data') {
      return isPcm16
        ? scaledSamples(wave, begin, Math.min(wave.length, begin + length), volumePercent)
        : wave;
    }
    // Chunks begin at even places.
    at = begin + length + (length % 2);
  }
  return wave;
}

function scaledSamples(wave: Uint8Array, begin: number, end: number, volumePercent: number): Uint8Array {
  const scaled = new Uint8Array(wave);
  const view = new DataView(scaled.buffer);
  for (let at = begin; at + 2 <= end; at += 2) {
    view.setInt16(at, Math.round((view.getInt16(at, true) * volumePercent) / 100), true);
  }
  return scaled;
}
