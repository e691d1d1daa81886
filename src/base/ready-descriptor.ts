/** A program's descriptors beyond the first three that can tell of its readiness. */
export const LEAST_FD = 3;
/** The last of them. */
export const MOST_FD = 9;

/** What such a descriptor must be. */
export const FD_EXPECTED: string = `a descriptor from ${LEAST_FD} to ${MOST_FD}`;

/** Is this one of them? */
export const isReadyFd = (fd: number): boolean => Number.isInteger(fd) && fd >= LEAST_FD && fd <= MOST_FD;
