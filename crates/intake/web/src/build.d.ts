/** What the build puts in. */

/** The digest of all sources, the same in every script of one release. */
declare const CANDOR_RELEASE: string;
/** The digest of `files.js`, as the browser wants to have it. */
declare const CANDOR_FILES_INTEGRITY: string;
