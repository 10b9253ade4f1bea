import { expect, it } from 'vitest';
import { drawLifecycle } from '../support/lifecycle-page.ts';

it('docs/lifecycle.md is what the table does; `npx vitest run test/contract/lifecycle-page.test.ts --update` renews it', async () => {
  await expect(drawLifecycle()).toMatchFileSnapshot('../../docs/lifecycle.md');
});
