{{%AUTOESCAPE context="HTML"}}<div class="runnel-state" data-state="{{state}}"><progress class="runnel-bar" id="{{CHANNEL}}:bar" role="progressbar" aria-label="{{NAME}}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="100" value="100" max="100"></progress>
<p class="runnel-message" role="status"><b class="runnel-percent">Done</b> {{#message}}<span>{{message}}</span>{{/message}}</p></div>
