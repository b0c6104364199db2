"""What one subject moves is bounded: how many votes it has cast about a model, and votes an operator restored."""
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('arena', '0026_two_intervals'),
        ('providers', '0022_key_changes_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='vote',
            name='is_restored',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='The site itself never sets it aside again.'),
        ),
        migrations.AlterField(
            model_name='voteexclusion',
            name='gate',
            field=models.CharField(blank=True, choices=[('too_fast', 'Faster than anyone can look'), ('voter_bound', "Past what one voter's votes about a model count"), ('network_bound', "Past what one network's votes of a day about a model count"), ('newcomers_bound', "Past what a day's newcomers' votes about a model count")], db_default='', editable=False, max_length=16),
        ),
        migrations.CreateModel(
            name='VoteReach',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('every', 'All votes'), ('voter', 'A voter'), ('network', 'A network on one day'), ('newcomers', 'Voters on the day they came')], max_length=9)),
                ('subject', models.CharField(blank=True, help_text='Of a day: the day first.', max_length=80)),
                ('scope', models.CharField(help_text='A mode, and a criterion where it is not overall.', max_length=80)),
                ('votes', models.PositiveBigIntegerField()),
                ('last_vote_number', models.PositiveBigIntegerField()),
                ('model', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
            ],
            options={
                'verbose_name_plural': 'vote reaches',
                'constraints': [models.UniqueConstraint(fields=('kind', 'subject', 'scope', 'model'), name='one_reach_per_subject_and_model')],
            },
        ),
    ]
