{{%AUTOESCAPE context="HTML"}}<p class="runnel-end" data-state="done" role="status"><b>Done</b> {{#message}}<span>{{message}}</span>{{/message}}{{#line}}<span>{{line}}</span>{{/line}}</p>
