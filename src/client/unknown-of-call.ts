/** What a daemon that ends during a call of a service leaves open: the service may have done it, and may not. */
export const unknownOfCall = (name: string): string => `whether ${name} has done it`;
