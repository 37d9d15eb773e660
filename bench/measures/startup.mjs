/** From the start of the process to the first event at the subscriber; a key is pressed every 10 ms meanwhile. */
export async function startup(bed) {
  await bed.openHub();
  return { milliseconds: await bed.boot() };
}
