import { expect, it } from 'vitest';
import { componentNames, refusal, weaknessesOf } from './checkpoint-audit.ts';

const weak = (name: string) => ({ [name]: { name, severity: 'high', via: [], nodes: [] } });
const shipped = componentNames('{"components":[{"name":"hono"},{"name":"zod"}]}');

it('counts weaknesses of what is shipped, and not those of tools', () => {
  const answer = JSON.stringify({ vulnerabilities: { ...weak('hono'), ...weak('vitest') } });
  expect(weaknessesOf(answer, shipped)).toEqual([{ name: 'hono', severity: 'high' }]);
  expect(weaknessesOf('{"vulnerabilities":{}}', shipped)).toEqual([]);
});

it('takes a registry that did not say for no answer', () => {
  const refused = '{"message":"405 Method Not Allowed"}';
  expect(weaknessesOf(refused, shipped)).toBeNull();
  expect(weaknessesOf('', shipped)).toBeNull();
  expect(refusal(refused)).toBe('405 Method Not Allowed');
  expect(refusal('')).toBe('see audit.log');
});
