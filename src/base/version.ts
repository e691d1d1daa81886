/** Put in by the bundler (.ci/build.mjs) and by the tests' configuration, from package.json. */
declare const __PORTSUP_VERSION__: string;

/** The version of portsup, as in package.json. */
export const version: string = __PORTSUP_VERSION__;
