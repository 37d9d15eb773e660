/** The one HTML document of each page: everything else is made by its script. */
import type { Language, Text } from '../kernel/text.js';

const noScript: Text = {
  'zh-CN': '浏览器没有启用 JavaScript，或版本太旧（需要 Chromium 73 以上）',
  en: 'This browser has JavaScript switched off or is too old (Chromium 73 or newer is needed)',
};

/** @param page kind of page, which is the name of its script. @param build of the files it loads */
export function pageDocument(page: string, title: Text, language: Language, build: string): string {
  const asset = `asset/${build}`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="hallward-build" content="${build}">
<title>${title[language]}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${asset}/page.css">
<link rel="stylesheet" href="${asset}/${page}.css">
<script type="module" src="${asset}/${page}.js"></script>
</head>
<body class="${page}">
<noscript>${noScript[language]}</noscript>
</body>
</html>
`;
}
