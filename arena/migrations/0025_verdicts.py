"""Verdicts, sets of ranks, and what answers for prompts like these about any two models. Nothing is rewritten; what is
there has them from the next computation of its board on."""

import django.db.models.deletion
from django.db import migrations, models


COLUMN = "ALTER TABLE arena_snapshot ALTER COLUMN deletions SET STORAGE "


class Migration(migrations.Migration):

    dependencies = [
        ('arena', '0024_webhooks_of_public_boards'),
        ('providers', '0022_key_changes_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='snapshot',
            name='deletions',
            field=models.BinaryField(help_text='The fit without each competition; see boards/deletions.py.', null=True),
        ),
        migrations.AddField(
            model_name='standing',
            name='prompts_rank_set_best',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='standing',
            name='prompts_rank_set_worst',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='standing',
            name='rank_set_best',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='standing',
            name='rank_set_worst',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('better', 'Better'), ('equivalent', 'Equivalent')], max_length=10)),
                ('number', models.PositiveBigIntegerField(help_text='Of the vote that decided it.')),
                ('decided_at', models.DateTimeField(help_text='When that vote was cast; empty where it does not say.', null=True)),
                ('board', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='verdicts', to='arena.board')),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('board', 'kind', 'first', 'second'), name='one_verdict_per_kind_and_pair'), models.CheckConstraint(condition=models.Q(('first', models.F('second')), _negated=True), name='verdict_is_about_two_models'), models.CheckConstraint(condition=models.Q(('kind__in', ('better', 'equivalent'))), name='verdict_kind_is_known')],
            },
        ),
        # as the covariance: PostgreSQL cuts out the rows that are asked for
        migrations.RunSQL(f"{COLUMN}EXTERNAL", f"{COLUMN}EXTENDED"),
    ]
