#!/usr/bin/env node
const whole = () => require('../dist/cli.cjs');
const words = process.argv.slice(2);
// See src/cli/quick.ts and src/cli/complete.ts.
if (words[0] === '__complete') void require('../dist/complete.cjs').complete(words.slice(1));
else if (/^(ps|ls|list|whereis)$/.test(words[0]))
  void require('../dist/quick.cjs')
    .answerQuickly(words)
    .then((done) => done || whole());
else whole();
