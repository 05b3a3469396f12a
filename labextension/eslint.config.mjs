import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['lib/', 'dist/', 'node_modules/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['src/**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    // a Lumino signal calls its slot with the `this` that stands beside it in connect(slot, this)
    rules: { '@typescript-eslint/unbound-method': 'off' }
  },
  {
    files: ['tests/**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.test.json' } },
    // node:test returns promises that the runner itself awaits
    rules: { '@typescript-eslint/no-floating-promises': 'off' }
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked]
  }
);
