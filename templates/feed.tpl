{{%AUTOESCAPE context="HTML"}}<article class="runnel-post">
<h3 class="runnel-title">{{#url}}<a href="{{url}}" rel="noopener">{{/url}}{{title}}{{#url}}</a>{{/url}}</h3>
{{#body}}<p class="runnel-body">{{body}}</p>
{{/body}}<p class="runnel-byline">{{#author}}<span>{{author}}</span> {{/author}}<time class="runnel-time" datetime="{{TIME}}">{{TIME}}</time></p>
</article>
