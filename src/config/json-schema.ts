// The JSON Schema of a configuration file, for editors: made from the same table that checks it.

import * as z from 'zod/mini';
import { PROFILE_POLICIES } from '../core/policy/policy.ts';
import { maySet, SETTING_KEYS, type SettingKey, settingOf } from './schema.ts';

/** The schema of `flowforge.yaml` (draft 2020-12), as shipped in `docs/flowforge.schema.json`. */
export function configJsonSchema(): Record<string, unknown> {
  const keys = SETTING_KEYS.filter((key) => maySet(key, 'user-file'));
  const file = z.strictObject(
    Object.fromEntries(keys.map((key) => [key, z.optional(settingOf(key).kind.schema())])),
  );
  const { properties, ...rest } = z.toJSONSchema(file, { io: 'input' });
  return {
    ...rest,
    title: 'FlowForge configuration',
    properties: Object.fromEntries(keys.map((key) => [key, describe(key, properties?.[key])])),
  };
}

function describe(key: SettingKey, schema: unknown): Record<string, unknown> {
  const { byDefault, describe: sentence, kind } = settingOf(key);
  const fallback = byDefault(PROFILE_POLICIES.standard);
  const said = `${sentence}. Expects ${kind.expects}.`;
  return {
    ...(schema as Record<string, unknown>),
    description: fallback === null ? said : `${said} Default: ${kind.show(fallback)}.`,
  };
}
