import { fileStem } from '../base/names.js';

/** The log file of a service below the folder of all logs. Names hold no dot, so no two services share one. */
export const logFile = (logs: string, app: string, path: string): string => `${logs}/${app}/${fileStem(path)}.log`;
