
import providers.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0019_protocols_declared_by_adapters'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='provideraccount',
            name='account_base_url_is_an_address',
        ),
        migrations.AddField(
            model_name='imagemodel',
            name='successor',
            field=providers.models.fields.ModelSlugField(blank=True, db_default='', default='', help_text="Slug of the model to use in a deprecated one's place; the gateway names it.", max_length=120),
        ),
        migrations.AddField(
            model_name='modelalias',
            name='sunset_on',
            field=models.DateField(blank=True, help_text='The day from which the gateway answers it no more. Blank: it stays.', null=True),
        ),
        migrations.AlterField(
            model_name='provideraccount',
            name='base_url',
            field=models.CharField(blank=True, help_text="Blank: the protocol's own. No slash at the end. A query, such as Azure's ?api-version=…, goes with every call of OpenAI's and Azure's protocols.", max_length=300, verbose_name='base URL'),
        ),
        migrations.AddConstraint(
            model_name='imagemodel',
            constraint=models.CheckConstraint(condition=models.Q(('successor', ''), ('status', 'deprecated'), _connector='OR'), name='successor_only_when_deprecated'),
        ),
        migrations.AddConstraint(
            model_name='provideraccount',
            constraint=models.CheckConstraint(condition=models.Q(('base_url', ''), models.Q(('base_url__regex', '^https?://[^/\\s?#@]+(/[^\\s?#]*[^/\\s?#])?(\\?[^\\s?#]+)?$'), models.Q(('base_url__endswith', '/'), _negated=True)), _connector='OR'), name='account_base_url_is_an_address'),
        ),
    ]
