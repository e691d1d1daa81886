/** The shells that portsup completes for. */
export const shellNames = ['bash', 'zsh', 'fish'] as const;

/** One of them. */
export type ShellName = (typeof shellNames)[number];

/** Is this one of them? */
export const isShellName = (text: string): text is ShellName => shellNames.some((name) => name === text);
