#!/usr/bin/env node
import '../dist/keeper.js';
