import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/calls/answer.js';
import { parseXml } from '../../src/calls/xml.js';
import { decodeResponse, encodeCall } from '../../src/calls/xmlrpc.js';
import { decodeValue, encodeValue } from '../../src/calls/xmlrpc-values.js';

const throughXml = (value: Json): Json => decodeValue(parseXml(encodeValue(value)));
const decode = (inner: string): Json => decodeValue(parseXml(`<value>${inner}</value>`));
const response = (inner: string): string => `<?xml version="1.0"?><methodResponse>${inner}</methodResponse>`;

/** Texts that XML can carry, and that a document does not change on its way. */
const text = fc
  .string({ unit: 'grapheme' })
  // oxlint-disable-next-line no-control-regex -- control characters are what XML cannot carry.
  .filter((one) => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]/u.test(one));
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => (Object.is(one, -0) ? 0 : one)),
);
const date = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((at) => ({ $date: at.toISOString().slice(0, 19) }));
const base64 = fc.uint8Array().map((bytes) => ({ $base64: Buffer.from(bytes).toString('base64') }));
const long = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .filter((one) => !Number.isSafeInteger(Number(one)))
  .map((one) => ({ $int: String(one) }));
const name = text.filter((one) => !['$date', '$base64', '$int', '$double'].includes(one));
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    number,
    text,
    date,
    base64,
    long,
    fc.array(tie('value')),
    // Members of their own, so that "__proto__" is one.
    fc.array(fc.tuple(name, tie('value'))).map((members) => Object.fromEntries(members)),
  ),
}));

describe('values of XML-RPC', () => {
  it('come back as they were sent', () => {
    fc.assert(
      fc.property(value, (sent) => {
        expect(JSON.stringify(throughXml(sent))).toBe(JSON.stringify(sent));
      }),
    );
  });

  it.each([
    ['an integer', 11, '<int>11</int>'],
    ['one of more than 32 bits', 2 ** 40, '<i8>1099511627776</i8>'],
    ['one of more than 53 bits', { $int: '9223372036854775807' }, '<i8>9223372036854775807</i8>'],
    ['a fraction', 0.5, '<double>0.5</double>'],
    ['a double without a fraction', { $double: 5 }, '<double>5.0</double>'],
    ['a boolean', true, '<boolean>1</boolean>'],
    ['nothing', null, '<nil/>'],
    ['a date', { $date: '2026-11-20T18:39:47' }, '<dateTime.iso8601>20261120T18:39:47</dateTime.iso8601>'],
    ['bytes', { $base64: 'aGk=' }, '<base64>aGk=</base64>'],
    ['text that looks like XML', '<&>', '<string>&lt;&amp;&gt;</string>'],
    ['a list', [1, 'a'], '<array><data><value><int>1</int></value><value><string>a</string></value></data></array>'],
    ['an object', { a: 1 }, '<struct><member><name>a</name><value><int>1</int></value></member></struct>'],
    ['an object of the name of a type and more', { $int: 1, a: 2 }, expect.stringContaining('<struct>')],
  ] as const)('%s is sent as its type', (_what, sent, xml) => {
    expect(encodeValue(sent).replace(/^<value>([^]*)<\/value>$/, '$1')).toEqual(xml);
  });

  it.each([
    ['text without a type', ' a b ', ' a b '],
    ['an i4', '<i4> -7 </i4>', -7],
    ['a nil of Apache', '<ex:nil xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions"/>', null],
    ['a date with dashes and a zone', '<dateTime.iso8601>2026-11-20T18:39:47Z</dateTime.iso8601>', { $date: '2026-11-20T18:39:47Z' }],
    ['bytes in lines', '<base64>\naGVs\nbG8=\n</base64>', { $base64: 'aGVsbG8=' }],
    ['a double with an exponent', '<double>1e+16</double>', 1e16],
    ['references and CDATA', '<string>&#x41;&amp;<![CDATA[<b>]]></string>', 'A&<b>'],
    ['nothing in a string', '<string/>', ''],
    ['what has attributes', '<int a="1" b=\'>\' >5</int >', 5],
    ['what stands between comments', '<!-- a <int> --><string>a<!-- b -->c</string><?x y?>', 'ac'],
    ['zeros before an integer', '<int>00000000000000000000000000000007</int>', 7],
    ['a negative integer with a sign', '<int>-0</int>', 0],
  ])('%s is read', (_what, xml, read) => {
    expect(decode(xml)).toEqual(read);
  });

  it.each([
    ['two values', '<int>1</int><int>2</int>', 'more than one'],
    ['a type of its own', '<money>5</money>', '<money> are not known'],
    ['no number', '<int>1.5</int>', 'not a valid int: "1.5"'],
    ['a number that is none', '<double>nan</double>', 'not a valid double'],
    ['65 bits', '<i8>9223372036854775808</i8>', '64 bits'],
    ['a boolean of another kind', '<boolean>true</boolean>', 'not a valid boolean'],
    ['bytes that are none', '<base64>a</base64>', 'not a valid base64'],
    ['an entity of its own', '<string>&lol;</string>', 'unknown reference &lol;'],
    ['a member without a value', '<struct><member><name>a</name></member></struct>', '<member> must hold one <value>'],
    ['an element that is not closed', '<array>', 'malformed XML'],
    ['an end without its beginning', '</array>', '</array>'],
    ['a comment without an end', '<!-- ', 'malformed XML at character 7'],
    ['a tag without an end', '<int', 'malformed XML'],
    ['a tag that is none', '<1/>', 'malformed XML'],
    ['an attribute without quotes', '<int a=b>1</int>', 'malformed XML'],
    ['what is far too deep', `${'<array><data><value>'.repeat(101)}${'</value></data></array>'.repeat(101)}`, 'nested deeper'],
  ])('%s is refused', (_what, xml, why) => {
    expect(() => decode(xml)).toThrow(why);
  });

  it.each([
    ['a control character', 'a\u0001', 'a character that XML cannot carry'],
    ['no date', { $date: 'tomorrow' }, '{"$date"} holds "tomorrow"'],
    ['no integer', { $int: '1.5' }, '{"$int"} holds "1.5"'],
  ])('%s cannot be sent', (_what, sent, why) => {
    expect(() => encodeValue(sent)).toThrow(why);
  });

  it('take no time to be refused, however long they are', () => {
    const digits = '1'.repeat(200_000);
    const begun = performance.now();
    for (const type of ['double', 'int', 'dateTime.iso8601', 'base64']) {
      expect(() => decode(`<${type}>${digits}!</${type}>`)).toThrow('not a valid');
    }
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('cannot be a document with a type of its own, which could grow without an end', () => {
    expect(() => parseXml('<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>')).toThrow('malformed XML');
  });

  it('are nested 400 deep at most', () => {
    expect(() => parseXml('<a>'.repeat(10_000))).toThrow('nested too deeply');
  });
});

describe('calls of XML-RPC', () => {
  it('name the method and its arguments', () => {
    expect(encodeCall({ method: 'crunch', args: [5, -4] })).toContain(
      '<methodName>crunch</methodName><params><param><value><int>5</int></value></param><param><value><int>-4</int></value></param></params>',
    );
  });

  it('are answered with a value', () => {
    const text11 = response('<params><param><value><int>11</int></value></param></params>');
    expect(decodeResponse(text11)).toEqual({ kind: 'value', value: 11 });
  });

  it('are answered with a fault', () => {
    const fault = encodeValue({ faultCode: 1, faultString: 'ZeroDivisionError: division by zero' });
    expect(decodeResponse(response(`<fault>${fault}</fault>`))).toEqual({
      kind: 'error',
      reason: 'fault',
      message: 'ZeroDivisionError: division by zero',
      code: 1,
      data: null,
    });
  });

  it.each([
    ['a page', '<html><body>hello</body></html>', 'expected a methodResponse, found <html>'],
    ['a fault without a text', response('<fault><value><int>1</int></value></fault>'), 'no faultCode'],
    ['nothing', '', 'not one whole root element'],
    ['half of one', response('<params>').slice(0, 60), 'malformed XML'],
  ])('are not answered with %s', (_what, answer, why) => {
    expect(() => decodeResponse(answer)).toThrow(why);
  });
});
