/** Whether a topic is one of a filter's (MQTT 5, section 4.7; without `$` topics). */
export function isWithin(topic: string, filter: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  return (
    wanted.every((want, index) => want === '#' || want === '+' || want === levels[index]) &&
    (wanted.at(-1) === '#' || levels.length === wanted.length)
  );
}
