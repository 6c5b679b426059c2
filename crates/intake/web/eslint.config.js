import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "*.mjs", "summary/*.mjs", "test/**/*.mjs", "eslint.config.js"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages and addresses are meant.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-console": "error",
      "no-eval": "error",
    },
  },
  {
    // Formats and cryptography are pure: no page, no network, no storage.
    files: ["src/protocol/**", "src/directory/**"],
    rules: {
      "no-restricted-globals": ["error", "window", "document", "navigator", "location", "history", "localStorage", "sessionStorage", "fetch", "XMLHttpRequest"],
      "no-restricted-imports": ["error", { patterns: ["**/views/*", "**/client/*", "preact", "preact/*"] }],
    },
  },
  {
    // Views hold no cryptography.
    files: ["src/views/**", "src/operator/**"],
    rules: {
      "no-restricted-globals": ["error", "crypto", "fetch", "localStorage", "sessionStorage", "indexedDB"],
      "no-restricted-imports": ["error", { patterns: ["@noble/*", "@scure/*", "age-encryption", "hpke", "@panva/*", "**/protocol/*"] }],
    },
  },
  {
    files: ["test/**"],
    rules: { "@typescript-eslint/no-floating-promises": "off" },
  },
);
