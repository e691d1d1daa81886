/** The highest number of a user or group. They have 32 bits, and the last number tells the kernel to leave all as it is: to become that user is to stay root. */
export const MOST_ID = 2 ** 32 - 2;

/** May this stand for a user or group? Names may; numbers as far as there are users and groups. */
export const isNoHugeId = (text: string): boolean => !/^\d+$/.test(text) || Number(text) <= MOST_ID;
