// @ts-check
'use strict';

// Node 24 names its main thread "MainThread" while it starts, after it has honoured --title, and on Linux the name of
// the main thread is the name that pgrep sees. Setting the title once more gives it back. This file is preloaded because
// that is the earliest moment at which a program can do so: about 20 ms before the first line of an ES module.
const { title } = process;
process.title = title;
