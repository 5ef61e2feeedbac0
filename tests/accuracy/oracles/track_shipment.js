// npm's `ts-tracking-number` in a process of its own: reads a JSON list of numbers from each line, answers for each which couriers take it.
'use strict';
const path = require('path');
const all = require(path.join(process.argv[2], 'node_modules', 'ts-tracking-number'));
const couriers = ['amazon', 'dhl', 'fedex', 'ontrac', 's10', 'ups', 'usps'];

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const answers = JSON.parse(line).map((number) => couriers.filter((name) => all.getTracking(number, [all[name]])));
  console.log(JSON.stringify(answers));
});
