from django.db import migrations, models


def let_staff_see_operations(apps, schema_editor):
    """Until now every staff account could; those that exist keep it, later ones are given it."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="arena", model="operations"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="see_operations",
        defaults={"name": "Can see the pages of operations"},
    )
    for user in apps.get_model("auth", "User").objects.filter(is_staff=True, is_superuser=False):
        user.user_permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('arena', '0008_caps_as_constraints'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
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
        migrations.RunPython(let_staff_see_operations, migrations.RunPython.noop),
    ]
