"""Studies, their people and invitations, and a record of rights that only grows."""

import arena.models.competitions
import django.db.models.deletion
import providers.models.fields
from django.conf import settings
from django.db import migrations, models

# an account that is erased leaves the record, which is all that a row of it may lose
ONLY_ADDED = """
CREATE FUNCTION arena_rights_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.actor_id IS NULL OR NEW.actor_id = OLD.actor_id)
        AND (NEW.subject_id IS NULL OR NEW.subject_id = OLD.subject_id)
        AND ROW(NEW.id, NEW.study_id, NEW.what, NEW.role_before, NEW.role_after, NEW.at)
            = ROW(OLD.id, OLD.study_id, OLD.what, OLD.role_before, OLD.role_after, OLD.at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'changes of rights stay on record' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER rights_only_added BEFORE UPDATE OR DELETE ON arena_rightschange
    FOR EACH ROW EXECUTE FUNCTION arena_rights_only_added();
"""
FORGOTTEN = """
DROP TRIGGER rights_only_added ON arena_rightschange;
DROP FUNCTION arena_rights_only_added();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('arena', '0028_competition_visibility'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Study',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=arena.models.competitions.new_public_id, editable=False, max_length=20, unique=True)),
                ('title', providers.models.fields.NameField(max_length=200)),
                ('question', providers.models.fields.NameField(max_length=300)),
                ('instructions', models.TextField(blank=True, max_length=10000)),
                ('visibility', models.CharField(choices=[('members', 'Members'), ('link', 'Whoever has the link'), ('public', 'Everybody')], default='members', max_length=8)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('closed', 'Closed')], default='draft', max_length=8)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name_plural': 'studies',
                'ordering': ('-created_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('visibility__in', ['members', 'link', 'public'])), name='study_visibility_is_known'), models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'open', 'closed'])), name='study_status_is_known')],
            },
        ),
        migrations.CreateModel(
            name='RightsChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('created', 'made the study'), ('invited', 'invited'), ('revoked', 'revoked an invitation'), ('joined', 'joined'), ('changed', 'changed the role'), ('removed', 'removed'), ('left', 'left')], max_length=8)),
                ('role_before', models.CharField(blank=True, max_length=8)),
                ('role_after', models.CharField(blank=True, max_length=8)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rights_changes', to='arena.study')),
            ],
            options={
                'ordering': ('-at', '-id'),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('editor', 'Editor'), ('analyst', 'Analyst'), ('rater', 'Rater')], max_length=8)),
                ('address', models.EmailField(blank=True, help_text='Where it was mailed; a link without one may be passed on.', max_length=150)),
                ('digest', models.CharField(editable=False, max_length=64, null=True, unique=True)),
                ('expires_at', models.DateTimeField()),
                ('uses', models.PositiveIntegerField(default=0, editable=False)),
                ('most_uses', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('mailed_at', models.DateTimeField(editable=False, null=True)),
                ('mail_problem', models.CharField(blank=True, editable=False, max_length=200)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='arena.study')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.CharField(max_length=255)),
                ('subject', models.CharField(max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'identities',
                'default_permissions': ('view', 'delete'),
                'constraints': [models.UniqueConstraint(fields=('issuer', 'subject'), name='one_account_per_identity')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('editor', 'Editor'), ('analyst', 'Analyst'), ('rater', 'Rater')], max_length=8)),
                ('joined_at', models.DateTimeField(auto_now_add=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('invitation', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='memberships', to='arena.invitation')),
                ('voter', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='membership', to='arena.voter')),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='arena.study')),
            ],
            options={
                'ordering': ('joined_at', 'id'),
                'constraints': [models.UniqueConstraint(fields=('study', 'account'), name='one_membership_per_study_and_account'), models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'editor', 'analyst', 'rater'])), name='membership_role_is_known')],
            },
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('uses__lte', models.F('most_uses'))), name='invitation_within_its_uses'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('address', ''), ('most_uses', 1), _connector='OR'), name='an_address_is_invited_once'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'editor', 'analyst', 'rater'])), name='invitation_role_is_known'),
        ),
        migrations.RunSQL(ONLY_ADDED, FORGOTTEN),
    ]
