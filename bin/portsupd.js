#!/usr/bin/env node
require('../dist/keeper.cjs');
