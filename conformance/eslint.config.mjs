import js from '@eslint/js'
import globals from 'globals'

export default [
  // The provider's own stay as they are documented; types are checked by their compiler.
  { ignores: ['conformance/provider/', '**/node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: globals.node },
    rules: { eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error', 'require-await': 'error' },
  },
  // What runs within the page.
  { files: ['conformance/page/*.mjs'], languageOptions: { globals: globals.browser } },
]
