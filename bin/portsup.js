#!/usr/bin/env node
const whole = () => require('../dist/cli.cjs');
const words = process.argv.slice(2);
// See src/cli/quick.ts.
if (/^(ps|ls|list)$/.test(words[0]))
  void require('../dist/quick.cjs')
    .answerQuickly(words)
    .then((done) => done || whole());
else whole();
