export { acceptReset } from "./accept-reset.ts";
export { acceptSilent } from "./accept-silent.ts";
export { connectDelay } from "./connect-delay.ts";
export { connectionRefused } from "./connection-refused.ts";
export { tlsCertificate } from "./tls-certificate.ts";
export { upgradeReset } from "./upgrade-reset.ts";
export { upgradeStatus } from "./upgrade-status.ts";
