"""What is found about voters has tables; voters have a coarse device and language, pictures what a program sees in them.
New columns are empty in rows that are there, so none is rewritten."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('arena', '0030_entrant_uploads'),
    ]

    operations = [
        migrations.CreateModel(
            name='RaterFindings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=20)),
                ('digest', models.CharField(help_text='Of the tallies of these votes.', max_length=64)),
                ('last_vote_number', models.PositiveBigIntegerField(default=0)),
                ('findings', models.JSONField(default=dict)),
                ('unmeasured', models.PositiveIntegerField(default=0, help_text='Pictures voted on whose looks were not known.')),
                ('computed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'rater findings',
            },
        ),
        migrations.CreateModel(
            name='VoterFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('votes', models.PositiveIntegerField()),
                ('decided', models.PositiveIntegerField(help_text='Votes that chose a picture.')),
                ('agreed', models.FloatField(help_text='Of these, with the board made without the voter; equals count a half.')),
                ('expected', models.FloatField(help_text='As many as the board itself expects.')),
                ('distance', models.FloatField(help_text='Agreed less expected, in standard errors.')),
                ('care', models.FloatField(help_text='1 for a careful voter, 0 for one who answers by chance.', null=True)),
                ('repeated', models.PositiveIntegerField(default=0, help_text='Pairs seen again with the sides exchanged.')),
                ('same', models.PositiveIntegerField(default=0)),
                ('stayed_left', models.PositiveIntegerField(default=0)),
                ('stayed_right', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'voter figures',
            },
        ),
        migrations.AddField(
            model_name='storedimage',
            name='contrast',
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='storedimage',
            name='saturation',
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='storedimage',
            name='sharpness',
            field=models.FloatField(editable=False, help_text='Of the small form; see methodology.', null=True),
        ),
        migrations.AddField(
            model_name='voter',
            name='device',
            field=models.CharField(blank=True, choices=[('phone', 'Phone'), ('tablet', 'Tablet'), ('desktop', 'Desktop')], db_default='', editable=False, max_length=8),
        ),
        migrations.AddField(
            model_name='voter',
            name='group',
            field=models.CharField(blank=True, db_default='', editable=False, help_text='What a study declared; never public.', max_length=40),
        ),
        migrations.AddField(
            model_name='voter',
            name='language',
            field=models.CharField(blank=True, db_default='', editable=False, help_text='Without region, for example en.', max_length=3),
        ),
        migrations.AddConstraint(
            model_name='voter',
            constraint=models.CheckConstraint(condition=models.Q(('device', ''), ('device__in', ['phone', 'tablet', 'desktop']), _connector='OR'), name='device_is_coarse'),
        ),
        migrations.AddConstraint(
            model_name='voter',
            constraint=models.CheckConstraint(condition=models.Q(('language', ''), ('language__regex', '^[a-z]{2,3}$'), _connector='OR'), name='language_is_without_region'),
        ),
        migrations.AddField(
            model_name='raterfindings',
            name='board',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rater_findings', to='arena.board'),
        ),
        migrations.AddField(
            model_name='voterfigures',
            name='board',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='voter_figures', to='arena.board'),
        ),
        migrations.AddField(
            model_name='voterfigures',
            name='voter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='arena.voter'),
        ),
        migrations.AddIndex(
            model_name='voterfigures',
            index=models.Index(fields=['board', 'distance'], name='voter_figures_by_distance'),
        ),
        migrations.AddConstraint(
            model_name='voterfigures',
            constraint=models.UniqueConstraint(fields=('board', 'voter'), name='one_figure_per_board_and_voter'),
        ),
    ]
