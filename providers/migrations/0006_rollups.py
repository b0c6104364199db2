"""Rollups of samples by hour and day; samples say how many images they gave."""

import django.db.models.deletion
from django.db import migrations, models


IMAGES = """
ALTER TABLE providers_requestsample ADD COLUMN images smallint NOT NULL DEFAULT 1
    CONSTRAINT sample_images_not_negative CHECK (images >= 0)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0005_samples'),
    ]

    operations = [
        migrations.AddField("requestsample", "images", models.SmallIntegerField(default=1)),
        # from here on Django sees the table as its own: tests empty it
        migrations.AlterModelOptions("requestsample", {}),
        migrations.RunSQL(IMAGES, "ALTER TABLE providers_requestsample DROP COLUMN images"),
        migrations.CreateModel(
            name='RolledHour',
            fields=[
                ('hour', models.DateTimeField(primary_key=True, serialize=False)),
                ('rolled_at', models.DateTimeField()),
                ('last_sample_id', models.BigIntegerField()),
                ('samples', models.BigIntegerField()),
            ],
            options={
                'ordering': ('-hour',),
            },
        ),
        migrations.CreateModel(
            name='DayRollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('mode', models.TextField(choices=[('text-to-image', 'Text to Image'), ('image-edit', 'Image Edit')])),
                ('source', models.TextField(choices=[('gateway', 'gateway'), ('scheduled', 'scheduled'), ('probe', 'probe'), ('import', 'import')])),
                ('simulated', models.BooleanField()),
                ('status', models.TextField(choices=[('ok', 'ok'), ('client', 'client'), ('moderation', 'moderation'), ('rate_limit', 'rate_limit'), ('billing', 'billing'), ('upstream', 'upstream'), ('timeout', 'timeout'), ('gateway', 'gateway')])),
                ('calls', models.BigIntegerField()),
                ('images', models.BigIntegerField()),
                ('total_ms_sum', models.BigIntegerField()),
                ('ttfb_calls', models.BigIntegerField()),
                ('ttfb_ms_sum', models.BigIntegerField()),
                ('priced_calls', models.BigIntegerField()),
                ('cost_usd_sum', models.DecimalField(decimal_places=9, max_digits=24)),
                ('megapixels_sum', models.DecimalField(decimal_places=6, max_digits=24)),
                ('total_sketch', models.BinaryField()),
                ('ttfb_sketch', models.BinaryField()),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.endpoint')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['starts_at'], name='dayrollup_starts_at')],
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'starts_at', 'mode', 'source', 'simulated', 'status'), name='one_dayrollup_per_key'), models.CheckConstraint(condition=models.Q(('calls__gt', 0), ('images__gte', 0), ('priced_calls__gte', 0), ('ttfb_calls__gte', 0), ('priced_calls__lte', models.F('calls')), ('ttfb_calls__lte', models.F('calls'))), name='dayrollup_counts_fit')],
            },
        ),
        migrations.CreateModel(
            name='HourRollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('mode', models.TextField(choices=[('text-to-image', 'Text to Image'), ('image-edit', 'Image Edit')])),
                ('source', models.TextField(choices=[('gateway', 'gateway'), ('scheduled', 'scheduled'), ('probe', 'probe'), ('import', 'import')])),
                ('simulated', models.BooleanField()),
                ('status', models.TextField(choices=[('ok', 'ok'), ('client', 'client'), ('moderation', 'moderation'), ('rate_limit', 'rate_limit'), ('billing', 'billing'), ('upstream', 'upstream'), ('timeout', 'timeout'), ('gateway', 'gateway')])),
                ('calls', models.BigIntegerField()),
                ('images', models.BigIntegerField()),
                ('total_ms_sum', models.BigIntegerField()),
                ('ttfb_calls', models.BigIntegerField()),
                ('ttfb_ms_sum', models.BigIntegerField()),
                ('priced_calls', models.BigIntegerField()),
                ('cost_usd_sum', models.DecimalField(decimal_places=9, max_digits=24)),
                ('megapixels_sum', models.DecimalField(decimal_places=6, max_digits=24)),
                ('total_sketch', models.BinaryField()),
                ('ttfb_sketch', models.BinaryField()),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.endpoint')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['starts_at'], name='hourrollup_starts_at')],
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'starts_at', 'mode', 'source', 'simulated', 'status'), name='one_hourrollup_per_key'), models.CheckConstraint(condition=models.Q(('calls__gt', 0), ('images__gte', 0), ('priced_calls__gte', 0), ('ttfb_calls__gte', 0), ('priced_calls__lte', models.F('calls')), ('ttfb_calls__lte', models.F('calls'))), name='hourrollup_counts_fit')],
            },
        ),
    ]
