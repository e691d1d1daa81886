/** One address or several, as the wire has them. */
export const namesOf = (names: string | readonly string[]): readonly string[] => (typeof names === 'string' ? [names] : names);
