/** Names and passwords in URLs ("http://joe:secret@localhost/"), which are for whoever is asked there, and for nobody's eyes. Pure. */

/** Everything between the slashes and the last @ before the path. */
const LOGIN = /^([a-z][a-z\d+.-]*:\/\/)[^/?#\\]*@/i;

/** A URL as it may be shown: "http://***@localhost/". */
const withoutLogin = (url: string): string => url.replace(LOGIN, '$1***@');

/** A value that JSON can carry, with each `url` in it as it may be shown. */
export const withoutLogins = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (key, part: unknown) => (key === 'url' && typeof part === 'string' ? withoutLogin(part) : part))) as T;
