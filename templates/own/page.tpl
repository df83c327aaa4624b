{{%AUTOESCAPE context="HTML"}}<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false}'>
<title>{{TITLE}}</title>
<link rel="icon" href="{{BASE}}/assets/runnel.svg" type="image/svg+xml">
<link rel="stylesheet" href="{{BASE}}/assets/runnel.css">
<script defer src="{{BASE}}/assets/htmx.min.js"></script>
<script defer src="{{BASE}}/assets/sse.js"></script>
<script defer src="{{BASE}}/assets/runnel.js"></script>
</head>
<body class="runnel-page">
<main>
{{BODY:none}}
</main>
</body>
</html>
