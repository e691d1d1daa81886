/** Whose configuration a file is: by its name, then by what it holds. */
import { isMapping } from '../path.js';

/** What can be imported. */
export const FORMATS = ['pm2', 'procfile', 'supervisord', 'process-compose'] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** The programs as people call them. */
export const FORMAT_NAMES: Readonly<Record<Format, string>> = {
  pm2: 'PM2',
  procfile: 'Procfile',
  supervisord: 'supervisord',
  'process-compose': 'process-compose',
};

/** Is this a file that has to be run to be read? */
export const isProgram = (name: string): boolean => /\.[cm]?[jt]s$/i.test(name);

/** The format that a file's name gives away; undefined: its content decides. */
export function formatOfName(name: string): Format | undefined {
  if (/^procfile(?:\..*)?$|\.procfile$/i.test(name)) return 'procfile';
  if (/\.(?:conf|ini)$/i.test(name)) return 'supervisord';
  return isProgram(name) ? 'pm2' : undefined;
}

/** The format of a text; `value` is what YAML makes of it, undefined where it is none. */
export function formatOfContent({ name, text }: { readonly name: string; readonly text: string }, value: unknown): Format | undefined {
  if (/^\s*\[(?:supervisord|supervisorctl|unix_http_server|include|(?:fcgi-)?program:[^\]]+|group:[^\]]+)\]/m.test(text))
    return 'supervisord';
  if (isMapping(value) && isMapping(value['processes'])) return 'process-compose';
  if (isPm2(value)) return 'pm2';
  // Every "name: command" is YAML as well, and a file that calls itself so is no Procfile.
  if (/\.(?:ya?ml|json5?)$/i.test(name)) return undefined;
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const isProcfile = lines.length > 0 && lines.every((line) => /^[A-Za-z0-9_-]+:\s*[^\s{[]/.test(line));
  return isProcfile ? 'procfile' : undefined;
}

function isPm2(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => isMapping(item) && typeof item['script'] === 'string');
  if (!isMapping(value)) return false;
  const { apps, pm2, script } = value;
  return [apps, pm2].some((list) => Array.isArray(list) || isMapping(list)) || typeof script === 'string';
}

/** JSON as PM2 reads it, as a program: its comments become spaces, so that all else keeps its place. */
export function withoutJsonComments(text: string): string {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  return text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[^]*?\*\//g, (part) =>
    part.startsWith('/') ? blank(part) : part,
  );
}
