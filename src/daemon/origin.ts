/** Where the configuration of an application comes from, as a person reads of it. */
import { dirname } from 'node:path';
import type { HomeLayout } from '../base/home.js';
import { isNoFile, noFile } from '../base/no-file.js';
import type { AppRecord } from './app-registry.js';

type Known = Pick<AppRecord, 'name' | 'file'>;
type Home = Pick<HomeLayout, 'home'>;

/** Were its services added one by one (`run`)? */
export const isAdHoc = ({ home }: Home, { name, file }: Known): boolean => file === noFile(home, name);

/** The name that stands for the file of such an application. */
export const placeOfAdHoc = ({ home }: Home, app: string): string => noFile(home, app);

/** What to say of where it was brought up from. */
export interface Origin {
  /** Behind "is up". */
  readonly from: string;
  /** Behind "is configured". */
  readonly where: string;
  /** Behind "add it to". */
  readonly place: string;
  /** How to take something out of it. */
  readonly removal: string;
}

/** An application that a program has given as a value (`PortsupClient.up`) has no file to change. */
export function originOf(layout: Home, known: Known): Origin {
  const { name, file } = known;
  const inFile = { from: `from ${file}`, where: `in ${file}`, place: file, removal: 'remove it there, and "portsup up" again' };
  if (isAdHoc(layout, known)) return { ...inFile, from: 'without a configuration file' };
  if (!isNoFile(file, name)) return inFile;
  const folder = dirname(file);
  const place = 'what that program gives to up()';
  return {
    from: `as a program has given it for ${folder}`,
    where: `by a program, for ${folder}`,
    place,
    removal: `remove it from ${place}`,
  };
}
