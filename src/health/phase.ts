/** By how much of their interval the tries of something come later, 0 to 1 (not 1 itself): the same for the same name, spread over many. Pure. */
export function phaseOf(name: string): number {
  // FNV-1a of 32 bits, and one more mixing, as its high bits alone tell names with the same beginning badly apart.
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
