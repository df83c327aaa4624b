{{%AUTOESCAPE context="HTML"}}<article class="runnel-notification" id="runnel-_-{{ID}}" hx-preserve data-level="{{level}}">
<p class="runnel-title" dir="auto">{{#url}}<a href="{{url}}" rel="noopener">{{/url}}{{title}}{{#url}}</a>{{/url}}</p>
{{#body}}<p class="runnel-body" dir="auto">{{body:x-lines}}</p>
{{/body}}<time class="runnel-time" datetime="{{TIME}}">{{TIME}}</time>
</article>
