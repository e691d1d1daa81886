/** Names for the configuration files of applications that have none. */

/** Stands for the file of an application without one: "#shop" in its folder, where nothing is. By it the application is known again. */
export const noFile = (folder: string, app: string): string => `${folder === '/' ? '' : folder}/#${app}`;

/** Is this a name that stands for no file? */
export const isNoFile = (file: string, app: string): boolean => file.endsWith(`/#${app}`);
