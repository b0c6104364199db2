"""All tables of the arena, with the triggers by which snapshots know that a slug or a membership changed since."""

import arena.models.competitions
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.core.validators
import django.db.models.deletion
import providers.models.deliveries
import providers.models.fields
import uuid
from django.conf import settings
from django.db import migrations, models

OUTDATED = """
CREATE FUNCTION arena_slug_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- the covariance stays that of these models, under their new name
    UPDATE arena_snapshot SET is_outdated = true, fitted_models = array_replace(fitted_models, OLD.slug, NEW.slug)
    WHERE is_current AND id IN (SELECT snapshot_id FROM arena_standing WHERE model_id = NEW.id);
    -- for a computation that has read the old slug and writes its snapshot after this
    UPDATE arena_tally SET updated_at = clock_timestamp() WHERE NEW.id IN (left_model_id, right_model_id);
    RETURN NULL;
END $$;
CREATE FUNCTION arena_category_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE arena_snapshot SET is_outdated = true WHERE is_current AND board_id IN (
        SELECT id FROM arena_board WHERE category_id IN (
            CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE NEW.category_id END,
            CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE OLD.category_id END
        )
    );
    RETURN NULL;
END $$;
CREATE FUNCTION arena_exclusion_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE arena_snapshot SET is_outdated = true WHERE is_current AND board_id IN (
        CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE NEW.board_id END,
        CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE OLD.board_id END
    );
    RETURN NULL;
END $$;
CREATE FUNCTION arena_mode_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE arena_snapshot SET is_outdated = true WHERE is_current AND board_id IN (
        SELECT id FROM arena_board WHERE kind = 'mode' AND mode IN (OLD.mode, NEW.mode)
    );
    RETURN NULL;
END $$;
CREATE TRIGGER slug_changed AFTER UPDATE OF slug ON providers_imagemodel
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION arena_slug_changed();
CREATE TRIGGER category_changed AFTER INSERT OR UPDATE OR DELETE ON arena_competition_categories
    FOR EACH ROW EXECUTE FUNCTION arena_category_changed();
CREATE TRIGGER exclusion_changed AFTER INSERT OR UPDATE OR DELETE ON arena_boardexclusion
    FOR EACH ROW EXECUTE FUNCTION arena_exclusion_changed();
CREATE TRIGGER mode_changed AFTER UPDATE OF mode ON arena_competition
    FOR EACH ROW WHEN (OLD.mode <> NEW.mode) EXECUTE FUNCTION arena_mode_changed();
"""
FORGOTTEN = """
DROP TRIGGER mode_changed ON arena_competition;
DROP TRIGGER exclusion_changed ON arena_boardexclusion;
DROP TRIGGER category_changed ON arena_competition_categories;
DROP TRIGGER slug_changed ON providers_imagemodel;
DROP FUNCTION arena_mode_changed();
DROP FUNCTION arena_exclusion_changed();
DROP FUNCTION arena_category_changed();
DROP FUNCTION arena_slug_changed();
"""


class Migration(migrations.Migration):

    replaces = [
        ('arena', '0001_initial'),
        ('arena', '0002_voting'),
        ('arena', '0003_schedules'),
        ('arena', '0004_set_aside'),
        ('arena', '0005_files_in_transit'),
        ('arena', '0006_merged_competitions'),
        ('arena', '0007_board_webhooks'),
        ('arena', '0008_caps_as_constraints'),
        ('arena', '0009_see_operations'),
        ('arena', '0010_receivers'),
        ('arena', '0011_names'),
        ('arena', '0012_growing_votes'),
        ('arena', '0013_outdated_snapshots'),
        ('arena', '0014_pair_caps'),
        ('arena', '0015_chain_names'),
        ('arena', '0016_longest_prompt'),
        ('arena', '0017_unannounced_models'),
    ]

    initial = True

    dependencies = [
        ('providers', '0001_squashed_0018_is_announced'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='StoredImage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('file', models.FileField(max_length=200, upload_to='')),
                ('thumbnail', models.FileField(blank=True, max_length=200, upload_to='')),
                ('width_px', models.PositiveIntegerField()),
                ('height_px', models.PositiveIntegerField()),
                ('size_bytes', models.PositiveBigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=arena.models.competitions.new_public_id, editable=False, max_length=20, unique=True)),
                ('slug', models.SlugField(max_length=80)),
                ('name', providers.models.fields.NameField(max_length=120)),
                ('mode', models.CharField(choices=[('text-to-image', 'Text to Image'), ('image-edit', 'Image Edit')], max_length=20)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'verbose_name_plural': 'categories',
                'ordering': ('position', 'name'),
                'constraints': [models.UniqueConstraint(fields=('slug', 'mode'), name='category_once_per_mode')],
            },
        ),
        migrations.CreateModel(
            name='Competition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=arena.models.competitions.new_public_id, editable=False, max_length=20, unique=True)),
                ('title', providers.models.fields.NameField(max_length=200)),
                ('mode', models.CharField(choices=[('text-to-image', 'Text to Image'), ('image-edit', 'Image Edit')], max_length=20)),
                ('prompt', models.TextField(blank=True, max_length=32000)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('closed', 'Closed')], default='open', max_length=8)),
                ('is_imported', models.BooleanField(default=False, editable=False)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('categories', models.ManyToManyField(blank=True, related_name='competitions', to='arena.category')),
                ('source_image', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='arena.storedimage')),
            ],
            options={
                'ordering': ('title', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Board',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=160, unique=True)),
                ('kind', models.CharField(choices=[('mode', 'Mode'), ('category', 'Category'), ('competition', 'Competition')], max_length=12)),
                ('mode', models.CharField(choices=[('text-to-image', 'Text to Image'), ('image-edit', 'Image Edit')], max_length=20)),
                ('category', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='board', to='arena.category')),
                ('competition', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='board', to='arena.competition')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('category__isnull', True), ('competition__isnull', True), ('kind', 'mode')), models.Q(('category__isnull', False), ('competition__isnull', True), ('kind', 'category')), models.Q(('category__isnull', True), ('competition__isnull', False), ('kind', 'competition')), _connector='OR'), name='board_names_what_it_ranks'), models.UniqueConstraint(condition=models.Q(('kind', 'mode')), fields=('mode',), name='one_board_per_mode')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=arena.models.competitions.new_public_id, editable=False, max_length=20, unique=True)),
                ('parameters', models.JSONField(blank=True, default=dict)),
                ('seed', models.BigIntegerField(blank=True, null=True)),
                ('cost_usd', models.DecimalField(blank=True, decimal_places=9, max_digits=18, null=True)),
                ('generation_ms', models.PositiveIntegerField(blank=True, null=True)),
                ('generated_at', models.DateTimeField(blank=True, null=True)),
                ('simulated', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('held', 'Held'), ('live', 'Live'), ('retired', 'Retired')], default='held', max_length=8)),
                ('wins', models.PositiveIntegerField(default=0, editable=False)),
                ('losses', models.PositiveIntegerField(default=0, editable=False)),
                ('ties', models.PositiveIntegerField(default=0, editable=False)),
                ('both_bad', models.PositiveIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('competition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='arena.competition')),
                ('endpoint', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='providers.endpoint')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='providers.imagemodel')),
                ('image', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='arena.storedimage')),
            ],
            options={
                'verbose_name_plural': 'entries',
                'indexes': [models.Index(fields=['competition', 'model'], name='arena_entry_competi_63daff_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('image__isnull', True)), fields=('competition', 'model'), name='one_imageless_entry_per_model_and_competition')],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(max_length=20)),
                ('variant', models.CharField(help_text='The parameters in short, for example prior=1.', max_length=20)),
                ('parameters', models.JSONField(default=dict)),
                ('version', models.CharField(max_length=20)),
                ('last_vote_number', models.PositiveBigIntegerField(default=0)),
                ('digest', models.CharField(max_length=64)),
                ('votes', models.PositiveBigIntegerField(default=0)),
                ('ranked_models', models.PositiveIntegerField(default=0)),
                ('prior_decides_ends', models.BooleanField(default=False)),
                ('unfit_models', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, null=True, size=None)),
                ('computed_at', models.DateTimeField()),
                ('is_current', models.BooleanField(default=True)),
                ('board', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='arena.board')),
                ('covariance', models.BinaryField(help_text='n*n float64 of the fitted models in slug order, log odds.', null=True)),
                ('excluded_votes', models.PositiveBigIntegerField(default=0)),
                ('findings', models.JSONField(default=dict, help_text='Fragility, side bias, tie policies; see methodology.')),
                ('fitted_models', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, help_text='Slugs, in the order of the covariance.', size=None)),
                ('is_outdated', models.BooleanField(db_default=False, default=False, editable=False, help_text='A slug or a membership changed since.')),
            ],
            options={
                'indexes': [models.Index(fields=['board', 'method', 'variant', '-computed_at'], name='arena_snaps_board_i_ab704d_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('board', 'method', 'variant'), name='one_current_snapshot_per_method')],
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('rating', models.FloatField(null=True)),
                ('lower', models.FloatField(null=True)),
                ('upper', models.FloatField(null=True)),
                ('rank', models.PositiveIntegerField(null=True)),
                ('rank_best', models.PositiveIntegerField(null=True)),
                ('rank_worst', models.PositiveIntegerField(null=True)),
                ('wins', models.PositiveIntegerField()),
                ('losses', models.PositiveIntegerField()),
                ('ties', models.PositiveIntegerField()),
                ('both_bad', models.PositiveIntegerField()),
                ('is_comparable', models.BooleanField(default=True)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='standings', to='providers.imagemodel')),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='standings', to='arena.snapshot')),
                ('expected_wins', models.FloatField(null=True)),
                ('mean_opponent', models.FloatField(help_text='Mean rating of opponents, over battles.', null=True)),
            ],
            options={
                'ordering': ('position',),
                'constraints': [models.UniqueConstraint(fields=('snapshot', 'model'), name='one_standing_per_model')],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('left', models.PositiveBigIntegerField(default=0)),
                ('right', models.PositiveBigIntegerField(default=0)),
                ('tie', models.PositiveBigIntegerField(default=0)),
                ('both_bad', models.PositiveBigIntegerField(default=0)),
                ('last_vote_number', models.PositiveBigIntegerField(default=0)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('competition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tallies', to='arena.competition')),
                ('left_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
                ('right_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
            ],
            options={
                'verbose_name_plural': 'tallies',
                'constraints': [models.UniqueConstraint(fields=('competition', 'left_model', 'right_model'), name='one_tally_per_ordered_pair'), models.CheckConstraint(condition=models.Q(('left_model', models.F('right_model')), _negated=True), name='tally_has_two_models')],
            },
        ),
        migrations.CreateModel(
            name='VoteImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=255)),
                ('mode', models.CharField(choices=[('text-to-image', 'Text to Image'), ('image-edit', 'Image Edit')], max_length=20)),
                ('competition_column', models.CharField(blank=True, max_length=120)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('rows', models.PositiveBigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('competition_ids', models.JSONField(default=dict, editable=False, help_text='Public ids, by value of the column.')),
                ('continues', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='arena.voteimport')),
                ('model_ids', models.JSONField(default=dict, editable=False, help_text='By name in the file, where no import before it has the name.')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
                'constraints': [models.UniqueConstraint(fields=('digest', 'mode', 'competition_column', 'title'), name='vote_file_imported_once')],
            },
        ),
        migrations.CreateModel(
            name='BoardExclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('board', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exclusions', to='arena.board')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('board', 'model'), name='excluded_once_per_board')],
            },
        ),
        migrations.CreateModel(
            name='VoteChainLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_vote_number', models.PositiveBigIntegerField()),
                ('last_vote_number', models.PositiveBigIntegerField(unique=True)),
                ('votes', models.PositiveIntegerField()),
                ('previous_digest', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('names', models.JSONField(db_default={}, default=dict, editable=False)),
                ('covers_names', models.BooleanField(db_default=False, default=False, editable=False, help_text='The digest is of the names too; of old links not.')),
            ],
            options={
                'ordering': ('last_vote_number',),
            },
        ),
        migrations.CreateModel(
            name='VoteFlag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cohort', models.CharField(choices=[('voter', 'Voter'), ('network', 'Network'), ('new_voters', 'New voters'), ('hour', 'Time of day')], max_length=10)),
                ('subject', models.CharField(max_length=64)),
                ('test', models.CharField(max_length=20)),
                ('p_value', models.FloatField()),
                ('votes', models.PositiveIntegerField()),
                ('detail', models.JSONField(default=dict)),
                ('status', models.CharField(choices=[('open', 'Open'), ('dismissed', 'Dismissed'), ('excluded', 'Votes excluded')], default='open', max_length=10)),
                ('first_vote_number', models.PositiveBigIntegerField()),
                ('last_vote_number', models.PositiveBigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('p_value',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('cohort', 'subject', 'test'), name='one_open_flag_per_cohort')],
            },
        ),
        migrations.CreateModel(
            name='VoteQuota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('voter', 'Votes of a voter'), ('network', 'Votes of a network'), ('suggest', 'Suggestions of a network'), ('opened', 'Pairs opened for a voter'), ('newcomer', "Pairs opened by a network's voters without a vote"), ('refused', 'Refused votes of a network')], max_length=8)),
                ('subject', models.CharField(max_length=64)),
                ('day', models.DateField()),
                ('votes', models.PositiveIntegerField(default=0)),
                ('most', models.PositiveIntegerField(help_text='The cap it was last raised under; no cap where empty.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'kind', 'subject'), name='one_quota_per_subject_and_day'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'voter'), _negated=True), ('most__isnull', True), ('votes__lte', models.F('most')), _connector='OR'), name='voter_quota_within_cap'), models.CheckConstraint(condition=models.Q(('kind', 'voter'), ('most__isnull', True), ('votes__lte', models.F('most')), _connector='OR'), name='network_quota_within_cap')],
            },
        ),
        migrations.CreateModel(
            name='Voter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True)),
                ('votes', models.PositiveIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='Battle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True)),
                ('opened_at', models.DateTimeField(blank=True, help_text='Empty when an imported file does not say.', null=True)),
                ('left_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
                ('right_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
                ('competition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='battles', to='arena.competition')),
                ('left_entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='arena.entry')),
                ('right_entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='arena.entry')),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('network', models.CharField(blank=True, db_default='', help_text="Keyed hash of the voter's network.", max_length=64)),
                ('pair_probability', models.FloatField(blank=True, help_text='The chance with which the pair was drawn.', null=True)),
                ('revealed_at', models.DateTimeField(blank=True, null=True)),
                ('token_digest', models.CharField(blank=True, db_default='', help_text='SHA-256 of the one-time token.', max_length=64)),
                ('void_reason', models.CharField(blank=True, db_default='', max_length=40)),
                ('voter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='battles', to='arena.voter')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('voter__isnull', False)), fields=['voter', '-id'], name='battles_of_a_voter')],
                'constraints': [models.CheckConstraint(condition=models.Q(('left_model', models.F('right_model')), _negated=True), name='battle_has_two_models'), models.CheckConstraint(condition=models.Q(('pair_probability__isnull', True), models.Q(('pair_probability__gt', 0), ('pair_probability__lte', 1)), _connector='OR'), name='pair_probability_is_one')],
            },
        ),
        migrations.CreateModel(
            name='PromptSuggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=arena.models.competitions.new_public_id, editable=False, max_length=20, unique=True)),
                ('prompt', models.TextField(max_length=2000)),
                ('mode', models.CharField(choices=[('text-to-image', 'Text to Image'), ('image-edit', 'Image Edit')], max_length=20)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('status', models.CharField(choices=[('new', 'New'), ('accepted', 'Accepted'), ('declined', 'Declined')], default='new', max_length=8)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('voter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='arena.voter')),
            ],
            options={
                'ordering': ('-created_at',),
            },
        ),
        migrations.CreateModel(
            name='PairReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('battle', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='arena.battle')),
                ('voter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='arena.voter')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('battle',), name='one_report_per_battle')],
            },
        ),
        migrations.CreateModel(
            name='RefusedVote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(blank=True, max_length=64)),
                ('outcome', models.CharField(blank=True, max_length=20)),
                ('reason', models.CharField(choices=[('unknown_battle', 'No such battle'), ('wrong_token', "The token is not this battle's"), ('wrong_voter', "Another voter's battle"), ('already_voted', 'Already voted'), ('expired', 'The battle had expired'), ('void', 'The battle was void'), ('bad_outcome', 'Unknown outcome'), ('voter_cap', "The voter's votes of the day were used up"), ('network_cap', "The network's votes of the day were used up"), ('burst', 'Too many at once')], max_length=16)),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('battle', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='refused_votes', to='arena.battle')),
                ('voter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='refused_votes', to='arena.voter')),
            ],
            options={
                'indexes': [models.Index(fields=['received_at', 'reason'], name='arena_refus_receive_349310_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['unknown_battle', 'wrong_token', 'wrong_voter', 'already_voted', 'expired', 'void', 'bad_outcome', 'voter_cap', 'network_cap', 'burst'])), name='refusal_reason_is_known')],
            },
        ),
        migrations.CreateModel(
            name='SequentialState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(max_length=20)),
                ('variant', models.CharField(max_length=20)),
                ('version', models.CharField(max_length=20)),
                ('last_vote_number', models.PositiveBigIntegerField(default=0)),
                ('state', models.JSONField(default=dict, help_text='By model slug: a rating, or mean and deviation.')),
                ('board', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='arena.board')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('board', 'method', 'variant'), name='one_state_per_sequential_method')],
            },
        ),
        migrations.CreateModel(
            name='VoteExclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300)),
                ('votes', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('restored_at', models.DateTimeField(blank=True, null=True)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='vote_exclusions', to=settings.AUTH_USER_MODEL)),
                ('restored_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('flag', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='exclusions', to='arena.voteflag')),
                ('day', models.DateField(blank=True, editable=False, null=True)),
                ('gate', models.CharField(blank=True, choices=[('too_fast', 'Faster than anyone can look')], db_default='', editable=False, max_length=16)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('restored_at__isnull', True), models.Q(('gate', ''), _negated=True)), fields=('gate', 'day'), name='one_open_exclusion_per_gate_and_day'), models.CheckConstraint(condition=models.Q(models.Q(('day__isnull', True), ('gate', '')), models.Q(models.Q(('gate', ''), _negated=True), ('day__isnull', False)), _connector='OR'), name='gate_has_its_day')],
            },
        ),
        migrations.CreateModel(
            name='Vote',
            fields=[
                ('number', models.BigAutoField(primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('left', 'Left'), ('right', 'Right'), ('tie', 'Tie'), ('both_bad', 'Both bad')], max_length=8)),
                ('cast_at', models.DateTimeField(blank=True, help_text='Empty when an imported file does not say.', null=True)),
                ('is_counted', models.BooleanField(default=True)),
                ('battle', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='vote', to='arena.battle')),
                ('vote_import', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='votes', to='arena.voteimport')),
                ('withdrawn_at', models.DateTimeField(blank=True, help_text='Undone by the voter before the reveal.', null=True)),
                ('exclusion', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='excluded_votes', to='arena.voteexclusion')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['left', 'right', 'tie', 'both_bad'])), name='vote_outcome_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('exclusion__isnull', True), ('is_counted', True), ('withdrawn_at__isnull', True)), models.Q(('is_counted', False), models.Q(('withdrawn_at__isnull', False), ('exclusion__isnull', False), _connector='OR')), _connector='OR'), name='vote_counts_unless_withdrawn_or_excluded')],
            },
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=arena.models.competitions.new_public_id, editable=False, max_length=20, unique=True)),
                ('kind', models.CharField(choices=[('generate', 'entries of a competition'), ('probe', 'probe of the endpoints')], default='generate', max_length=10)),
                ('images_per_model', models.PositiveSmallIntegerField(default=1)),
                ('seeds', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None)),
                ('width_px', models.PositiveIntegerField(default=1024)),
                ('height_px', models.PositiveIntegerField(default=1024)),
                ('parameters', models.JSONField(blank=True, default=dict)),
                ('cadence', models.CharField(choices=[('once', 'once'), ('hourly', 'every hour'), ('daily', 'every day'), ('cron', 'by a cron line')], default='once', max_length=8)),
                ('cron', models.CharField(blank=True, max_length=100)),
                ('next_run_at', models.DateTimeField(blank=True, null=True)),
                ('is_paused', models.BooleanField(default=False)),
                ('entry_status', models.CharField(choices=[('held', 'Held'), ('live', 'Live')], default='held', max_length=8)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('competition', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='schedules', to='arena.competition')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('is_paused', False), ('next_run_at__isnull', False)), fields=['next_run_at'], name='schedule_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('competition__isnull', False), ('kind', 'generate')), models.Q(('competition__isnull', True), ('kind', 'probe')), _connector='OR'), name='schedule_has_what_it_makes'), models.CheckConstraint(condition=models.Q(('cadence__in', ['once', 'hourly', 'daily', 'cron'])), name='schedule_cadence_known'), models.CheckConstraint(condition=models.Q(models.Q(('cadence', 'cron'), models.Q(('cron', ''), _negated=True)), models.Q(models.Q(('cadence', 'cron'), _negated=True), ('cron', '')), _connector='OR'), name='schedule_cron_has_a_line'), models.CheckConstraint(condition=models.Q(('images_per_model__gte', 1), ('images_per_model__lte', 8)), name='schedule_images_within_bounds'), models.CheckConstraint(condition=models.Q(('seeds__len', 0), ('seeds__len', models.F('images_per_model')), _connector='OR'), name='schedule_seed_per_image'), models.CheckConstraint(condition=models.Q(('height_px__range', (64, 4096)), ('width_px__range', (64, 4096))), name='schedule_size_within_bounds'), models.CheckConstraint(condition=models.Q(('entry_status__in', ('held', 'live'))), name='schedule_entry_status_known'), models.UniqueConstraint(condition=models.Q(('kind', 'probe')), fields=('kind',), name='one_probe_schedule')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('due', 'starting'), ('running', 'running'), ('done', 'finished'), ('cancelled', 'cancelled'), ('refused', 'refused')], default='due', max_length=10)),
                ('reason', models.TextField(blank=True, help_text='Why nothing was started.')),
                ('planned_usd', models.DecimalField(blank=True, decimal_places=9, max_digits=18, null=True)),
                ('left_out', models.JSONField(blank=True, default=list, help_text='Models that were asked for and could not run.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('woken_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='arena.schedule')),
            ],
            options={
                'ordering': ('-due_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('state__in', ('due', 'running'))), fields=['id'], name='run_open')],
                'constraints': [models.UniqueConstraint(fields=('schedule', 'due_at'), name='one_run_per_due_time'), models.CheckConstraint(condition=models.Q(('state__in', ['due', 'running', 'done', 'cancelled', 'refused'])), name='run_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('state__in', ('due', 'running'))), models.Q(models.Q(('state__in', ('due', 'running')), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='run_ends_once'), models.CheckConstraint(condition=models.Q(('state__in', ('due', 'refused', 'cancelled')), ('started_at__isnull', False), _connector='OR'), name='run_started_before_it_runs'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='run_refused_for_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), ('cancelled_at__isnull', False), _connector='OR'), name='run_cancelled_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='ScheduleEntrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('endpoint', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.endpoint')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entrants', to='arena.schedule')),
            ],
            options={
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('schedule', 'model', 'endpoint'), name='entrant_once_per_schedule', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Generation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('endpoint_key', models.CharField(max_length=160)),
                ('seed', models.BigIntegerField(blank=True, null=True)),
                ('width_px', models.PositiveIntegerField()),
                ('height_px', models.PositiveIntegerField()),
                ('simulated', models.BooleanField()),
                ('planned_usd', models.DecimalField(decimal_places=9, max_digits=18)),
                ('intent_uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('status', models.CharField(choices=[('waiting', 'waiting'), ('done', 'done'), ('failed', 'failed'), ('unknown', 'outcome unknown'), ('cancelled', 'cancelled')], default='waiting', max_length=10)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('woken_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('endpoint', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='providers.endpoint')),
                ('entry', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='generation', to='arena.entry')),
                ('intent', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='generation', to='providers.intent')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='providers.imagemodel')),
                ('retry_of', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='retried_by', to='arena.generation')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='generations', to='arena.run')),
            ],
            options={
                'ordering': ('position', 'id'),
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['id'], name='generation_waiting')],
                'constraints': [models.UniqueConstraint(fields=('run', 'position'), name='generation_place_in_run'), models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'done', 'failed', 'unknown', 'cancelled'])), name='generation_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('status', 'waiting')), models.Q(models.Q(('status', 'waiting'), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='generation_ends_once'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('failed', 'unknown')), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='generation_fails_for_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('done', 'unknown')), _negated=True), ('intent__isnull', False), _connector='OR'), name='generation_outcome_has_an_intent'), models.CheckConstraint(condition=models.Q(('planned_usd__gte', 0)), name='generation_plan_not_negative'), models.CheckConstraint(condition=models.Q(('retry_of__isnull', True), models.Q(('retry_of', models.F('id')), _negated=True), _connector='OR'), name='generation_retries_another')],
            },
        ),
        migrations.CreateModel(
            name='FileInTransit',
            fields=[
                ('name', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('content', models.BinaryField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name_plural': 'files in transit',
            },
        ),
        migrations.CreateModel(
            name='ImageHome',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('mark', models.UUIDField(default=uuid.uuid4)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_image_home')],
            },
        ),
        migrations.CreateModel(
            name='MergedCompetition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=20, unique=True)),
                ('merged_at', models.DateTimeField(auto_now_add=True)),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merged', to='arena.competition')),
            ],
        ),
        migrations.CreateModel(
            name='BoardWebhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', providers.models.fields.NameField(max_length=120, unique=True)),
                ('is_enabled', models.BooleanField(default=True)),
                ('url', models.CharField(max_length=300, validators=[django.core.validators.URLValidator(schemes=['https', 'http']), django.core.validators.RegexValidator('^[^/]*//[^/?#@\\\\]*([/?#][^\\\\]*)?$', 'An address without a user name, a password or a backslash is allowed.')])),
                ('sealed_secret', models.TextField(blank=True, editable=False)),
                ('quiet_minutes', models.PositiveIntegerField(default=15, help_text='At most one message about a board in so many minutes; it tells the sum of what moved.', validators=[django.core.validators.MaxValueValidator(10080)])),
                ('boards', models.ManyToManyField(blank=True, help_text='None chosen: all boards.', related_name='+', to='arena.board')),
            ],
            options={
                'ordering': ('name',),
                'constraints': [models.CheckConstraint(condition=models.Q(('quiet_minutes__lte', 10080)), name='quiet_within_a_week')],
            },
        ),
        migrations.CreateModel(
            name='BoardMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('body', models.JSONField()),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('delivered', 'delivered'), ('given_up', 'given_up')], default='waiting', max_length=9)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField()),
                ('last_problem', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('event', models.CharField(choices=[('board.ranks_changed', 'board.ranks_changed'), ('webhook.test', 'webhook.test')], max_length=20)),
                ('board', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='arena.board')),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='arena.boardwebhook')),
                ('give_up_at', models.DateTimeField(default=providers.models.deliveries.trial_end)),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='providers.receiver')),
            ],
            options={
                'ordering': ('-id',),
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['receiver', 'next_at'], name='board_message_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ('waiting', 'delivered', 'given_up'))), name='board_message_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('delivered_at__isnull', False), ('state', 'delivered')), models.Q(models.Q(('state', 'delivered'), _negated=True), ('delivered_at__isnull', True)), _connector='OR'), name='board_message_has_its_time'), models.CheckConstraint(condition=models.Q(models.Q(('board__isnull', True), ('event', 'webhook.test')), models.Q(('board__isnull', False), ('event', 'board.ranks_changed')), _connector='OR'), name='board_message_names_its_board')],
            },
        ),
        migrations.CreateModel(
            name='ToldBoard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('told_at', models.DateTimeField(help_text='Of the last message; empty before the first.', null=True)),
                ('board', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='arena.board')),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='arena.snapshot')),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='told', to='arena.boardwebhook')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('webhook', 'board'), name='told_once_per_webhook_and_board')],
            },
        ),
        migrations.CreateModel(
            name='Operations',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name_plural': 'operations',
                'permissions': (('see_operations', 'Can see the pages of operations'),),
                'managed': False,
                'default_permissions': (),
            },
        ),
        migrations.RunSQL(OUTDATED, FORGOTTEN),
    ]
