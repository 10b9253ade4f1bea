// Tokens that tell by their beginning whose they are. Written from the providers' public descriptions of their formats.

/** A token: where its first fixed part stands, the pattern holds from there. */
export interface ProviderRule {
  readonly id: string;
  /** Fixed beginnings, in the case they are written. */
  readonly starts: readonly string[];
  /** What follows a beginning; sticky, and bounded in length. */
  readonly rest: RegExp;
}

const rule = (id: string, starts: string, rest: RegExp): ProviderRule => ({
  id,
  starts: starts.split(' '),
  rest: new RegExp(rest.source, 'y'),
});

const WORD = /[A-Za-z0-9]{16,255}/;
const WORD_DASH = /[A-Za-z0-9_-]{16,255}/;
const WORD_DASH_DOT = /[A-Za-z0-9_.=-]{16,1000}/;
const HEX32 = /[0-9a-fA-F]{32,64}/;

export const PROVIDER_RULES: readonly ProviderRule[] = [
  rule('adobe', 'p8e- P8E-', HEX32),
  rule('age', 'AGE-SECRET-KEY-1', /[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{50,64}/),
  rule('alibaba', 'LTAI', /[A-Za-z0-9]{16,20}(?![A-Za-z0-9])/),
  rule('anthropic', 'sk-ant-', WORD_DASH),
  rule('artifactory', 'AKCp', /[A-Za-z0-9]{60,75}/),
  rule('artifactory', 'cmVmdGtuOj', /[A-Za-z0-9]{40,60}/),
  rule('atlassian', 'ATATT3 ATCTT3 ATBB', /[A-Za-z0-9_=-]{16,255}/),
  rule('aws', 'AKIA ASIA ABIA ACCA A3T', /[A-Z0-9]{16,17}(?![A-Za-z0-9])/),
  rule('aws-bedrock', 'ABSK bedrock-api-key-', /[A-Za-z0-9+/=-]{20,1000}/),
  rule('bitbucket', 'BBDC-', /[A-Za-z0-9+/=_-]{20,100}/),
  rule('clickhouse', '4b1d', /[A-Za-z0-9]{38}(?![A-Za-z0-9])/),
  rule('clojars', 'CLOJARS_ clojars_', /[A-Za-z0-9]{40,60}/),
  rule('cloudflare', 'v1.0-', /[a-f0-9]{24}-[a-f0-9]{146}/),
  rule('databricks', 'dapi', /[a-f0-9]{32}(?:-\d{1,2})?/),
  rule('defined', 'dnkey-', WORD_DASH),
  rule('digitalocean', 'dop_v1_ doo_v1_ dor_v1_', /[a-fA-F0-9]{64}/),
  rule(
    'discord',
    'https://discord.com/api/webhooks/ https://discordapp.com/api/webhooks/',
    /\d{10,30}\/[A-Za-z0-9_-]{30,100}/,
  ),
  rule('docker', 'dckr_pat_ dckr_oat_', WORD_DASH),
  rule('doppler', 'dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.', WORD_DASH_DOT),
  rule('dropbox', 'sl.', /[A-Za-z0-9_=-]{100,1000}/),
  rule('duffel', 'duffel_test_ duffel_live_', WORD_DASH),
  rule('dynatrace', 'dt0c01. dt0s01. dt0s16.', /[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}/),
  rule('easypost', 'EZAK EZTK', /[A-Za-z0-9]{50,60}/),
  rule('facebook', 'EAAM EAAC EAAG EAAB', /[A-Za-z0-9]{20,500}/),
  rule('figma', 'figd_', WORD_DASH),
  rule('flowforge', 'ff_', /[a-z]{1,10}_[A-Za-z0-9]{6,20}_[A-Za-z0-9]{30,60}(?:_[0-9a-f]{8})?/),
  rule(
    'flutterwave',
    'FLWPUBK_TEST- FLWSECK_TEST- FLWPUBK- FLWSECK- FLWSECK_TEST',
    /[A-Za-z0-9]{12,64}(?:-X)?/,
  ),
  rule('fly', 'fo1_ fm1_ fm1a_ fm1r_ fm2_ FlyV1', /[ A-Za-z0-9+/_=-]{20,1000}/),
  rule('frameio', 'fio-u-', WORD_DASH),
  rule('freemius', 'sk_', /[^\s"']{29}(?=["'\s]|$)/),
  rule('github', 'ghp_ gho_ ghu_ ghs_ ghr_', /[A-Za-z0-9]{30,255}/),
  rule('github', 'github_pat_', /[A-Za-z0-9_]{22,255}/),
  rule(
    'gitlab',
    'glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat- glffct- glwt- GR1348941',
    /[A-Za-z0-9_.=-]{16,255}/,
  ),
  rule('gitlab', 'glrt-t _gitlab_session=', /[A-Za-z0-9_.-]{20,300}/),
  rule('google', 'AIza', /[A-Za-z0-9_-]{35}/),
  rule('google', 'ya29.', WORD_DASH_DOT),
  rule('google', 'GOCSPX-', WORD_DASH),
  rule('grafana', 'glsa_ glc_ eyJrIjoi', /[A-Za-z0-9+/=_]{30,500}/),
  rule('groq', 'gsk_', WORD),
  rule('harness', 'pat. sat.', /[A-Za-z0-9_-]{22}\.[0-9a-fA-F]{24}\.[A-Za-z0-9]{20}/),
  rule('heroku', 'HRKU-', WORD_DASH),
  rule('hugging-face', 'hf_ api_org_', /[A-Za-z0-9]{30,60}/),
  rule('infracost', 'ico-', WORD),
  rule('intra42', 's-s4t2ud- s-s4t2af-', /[a-f0-9]{64}/),
  rule('linear', 'lin_api_ lin_oauth_', WORD),
  rule('lob', 'live_ test_', /(?:pub_)?[a-f0-9]{31,35}(?![A-Za-z0-9])/),
  rule('mailgun', 'key-', /[0-9a-f]{32}/),
  rule('mailgun', 'pubkey-', /[0-9a-f]{32}/),
  rule('mapbox', 'pk.eyJ sk.eyJ tk.eyJ', WORD_DASH_DOT),
  rule('mapbox', 'pk.', /[a-z0-9]{60}\.[a-z0-9]{22}/),
  rule('netlify', 'nfp_ nfc_ nfo_', WORD),
  rule('new-relic', 'NRAK- NRJS- NRAL- NRII- NRIQ- NRRA-', /[A-Za-z0-9_-]{16,64}/),
  rule('notion', 'ntn_ secret_', /[A-Za-z0-9]{40,60}/),
  rule('npm', 'npm_', /[A-Za-z0-9]{36}/),
  rule('nuget', 'oy2', /[a-z0-9]{43}(?![A-Za-z0-9])/),
  rule('octopus', 'API-', /[A-Z0-9]{26}(?![A-Za-z0-9])/),
  rule('onepassword', 'ops_eyJ', /[A-Za-z0-9+/=]{100,1500}/),
  rule(
    'onepassword',
    'A3-',
    /[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}/,
  ),
  rule('openai', 'sk-proj- sk-svcacct- sk-admin- sk-None- sess-', WORD_DASH),
  rule('openai', 'sk-', /(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{20,255}/),
  rule('openrouter', 'sk-or-v1-', WORD),
  rule('openshift', 'sha256~', /[A-Za-z0-9_-]{43}/),
  rule('perplexity', 'pplx-', WORD),
  rule('planetscale', 'pscale_tkn_ pscale_oauth_ pscale_pw_', /[A-Za-z0-9=._-]{32,64}/),
  rule('postman', 'PMAK-', WORD_DASH),
  rule('prefect', 'pnu_ pnb_', WORD),
  rule('pulumi', 'pul-', /[a-f0-9]{40}/),
  rule('pypi', 'pypi-', /Ag[A-Za-z0-9_-]{50,1000}/),
  rule('readme', 'rdme_', WORD),
  rule('replicate', 'r8_', WORD),
  rule('rubygems', 'rubygems_', /[a-f0-9]{48}/),
  rule('scalingo', 'tk-us-', WORD_DASH),
  rule('sendgrid', 'SG.', /[A-Za-z0-9_=.-]{40,120}/),
  rule('sendinblue', 'xkeysib- xsmtpsib-', /[a-f0-9]{64}-[A-Za-z0-9]{16}/),
  rule('sentry', 'sntrys_ sntryu_', /[A-Za-z0-9+/=_-]{40,1000}/),
  rule('settlemint', 'sm_pat_ sm_aat_ sm_sat_', WORD),
  rule('shippo', 'shippo_live_ shippo_test_', /[a-fA-F0-9]{40}/),
  rule('shopify', 'shpat_ shpca_ shppa_ shpss_ shptka_', /[a-fA-F0-9]{32}/),
  rule(
    'sidekiq',
    'BUNDLE_ENTERPRISE__CONTRIBSYS__COM= BUNDLE_GEMS__CONTRIBSYS__COM=',
    /[a-f0-9]{8}:[a-f0-9]{8}/,
  ),
  rule(
    'slack',
    'xoxa- xoxb- xoxc- xoxd- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xapp-',
    /[A-Za-z0-9.%-]{8,400}/,
  ),
  rule(
    'slack',
    'https://hooks.slack.com/',
    /(?:services|workflows|triggers)\/[A-Za-z0-9+/]{20,120}/,
  ),
  rule('sonar', 'squ_ sqp_ sqa_', /[a-z0-9=_-]{40}/),
  rule('sourcegraph', 'sgp_ slk_', /[A-Za-z0-9_]{40,100}/),
  rule('square', 'sq0atp- sq0csp- sq0idp- EAAA', /[A-Za-z0-9_+=-]{22,70}/),
  rule(
    'stripe',
    'sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ pk_live_ whsec_',
    /[A-Za-z0-9+/=]{10,255}/,
  ),
  rule('sumologic', 'suA suB', /[A-Za-z0-9]{11}(?![A-Za-z0-9])/),
  rule('supabase', 'sbp_ sb_secret_', WORD_DASH),
  rule('tailscale', 'tskey-', WORD_DASH),
  rule(
    'teams',
    'https://',
    /[a-z0-9.-]{1,80}\.webhook\.office\.com\/webhookb2\/[A-Za-z0-9@/-]{40,200}/,
  ),
  rule(
    'twilio',
    'SK0 SK1 SK2 SK3 SK4 SK5 SK6 SK7 SK8 SK9 SKa SKb SKc SKd SKe SKf',
    /[0-9a-f]{31}(?![A-Za-z0-9])/,
  ),
  rule('typeform', 'tfp_', /[A-Za-z0-9_.=-]{30,80}/),
  rule('vault', 'hvs. hvb. hvr.', /[A-Za-z0-9_-]{20,300}/),
  rule('xai', 'xai-', WORD),
  rule('yandex', 't1.', /[A-Za-z0-9_-]{1,100}={0,2}\.[A-Za-z0-9_-]{86}={0,2}/),
  rule('yandex', 'AQVN', /[A-Za-z0-9_-]{35,38}/),
  rule(
    'jwt',
    'eyJ',
    /[A-Za-z0-9_=-]{10,2000}\.[A-Za-z0-9_/+=-]{10,4000}(?:\.[A-Za-z0-9_/+=-]{0,2000}){0,3}/,
  ),
  rule('jwt', 'ZXlK', /[A-Za-z0-9+/_-]{60,4000}={0,2}/),
];

/** A token recognised by something in its middle: searched for in a window around it. */
export interface InnerRule {
  readonly id: string;
  readonly inner: string;
  readonly whole: RegExp;
  /** How far before the inner part the token may begin. */
  readonly beforeMax: number;
}

export const INNER_RULES: readonly InnerRule[] = [
  {
    id: 'hashicorp',
    inner: '.atlasv1.',
    whole: /[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}/g,
    beforeMax: 14,
  },
  {
    id: 'mailchimp',
    inner: '-us',
    whole: /(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])/g,
    beforeMax: 32,
  },
  {
    id: 'telegram',
    inner: ':AA',
    whole: /(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))\d{5,16}:A[A-Za-z0-9_-]{34}(?![A-Za-z0-9_-])/g,
    beforeMax: 16,
  },
  { id: 'maxmind', inner: '_mmk', whole: /[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk/g, beforeMax: 36 },
  {
    id: 'privateai',
    inner: 'T3BlbkFJ',
    whole: /sk-[A-Za-z0-9_-]{20,74}T3BlbkFJ[A-Za-z0-9_-]{20,74}/g,
    beforeMax: 80,
  },
  {
    id: 'google',
    inner: '.apps.googleusercontent.com',
    whole: /\d{8,20}-[a-z0-9]{32}\.apps\.googleusercontent\.com/g,
    beforeMax: 54,
  },
  {
    id: 'azure',
    inner: '8Q~',
    whole: /(?:(?<![A-Za-z0-9_~.-])|(?<=\\[nrt]))[A-Za-z0-9_~.]{3}8Q~[A-Za-z0-9_~.-]{31,34}/g,
    beforeMax: 5,
  },
];
