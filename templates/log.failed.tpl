{{%AUTOESCAPE context="HTML"}}<p class="runnel-end" data-state="failed" role="alert"><b>Failed</b> {{#message}}<span>{{message}}</span>{{/message}}{{#line}}<span>{{line}}</span>{{/line}}</p>
