{{%AUTOESCAPE context="HTML"}}<p class="runnel-end" data-state="done" role="status"><b>Done</b> {{#message}}<bdi>{{message:x-lines}}</bdi>{{/message}}{{#line}}<bdi>{{line:x-lines}}</bdi>{{/line}}</p>
