/** Stands at the beginning of every unit and plist of ours: what is without it was written by somebody else, and is left alone. Pure. */
export const UNIT_MARK = 'Written by "portsup boot enable", which writes it anew.';
