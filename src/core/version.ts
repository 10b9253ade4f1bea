// The version of FlowForge; a test holds it to package.json.

export const VERSION = '2.0.0-alpha.1';
